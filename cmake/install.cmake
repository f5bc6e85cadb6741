# cmake --install: the programs, their manual pages and the completion of the shell. Where configuration, unit and user come from
# differs: deploy/debian for packages, deploy/docker for containers, by hand docs/operations.md.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # no test is built for it

install(TARGETS zvonokd zvonokctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(section 1 5 8)
    file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.${section})
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
install(FILES deploy/completion/zvonokctl.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME zvonokctl)
