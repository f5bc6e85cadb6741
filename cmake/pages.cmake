# Pages inside a binary: zv_embed_pages(TARGET DIR) adds the table zv_pages (src/http/pages.h) of the files
# below DIR to TARGET. A DIR that does not exist (yet) gives one page that says how to build them; once it
# exists, or a file in it changes, the next build takes it in.
if(NOT TARGET embed-pages)
    add_executable(embed-pages ${CMAKE_SOURCE_DIR}/tools/embed-pages.c)
    # A build tool: neither sanitized nor fuzzed, so that it runs in every preset.
    target_compile_options(embed-pages PRIVATE -O1 -Wall -Wextra -Werror)
endif()

function(zv_embed_pages target dir)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/pages_${target}.c)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${dir}/*)
    add_custom_command(OUTPUT ${out} COMMAND embed-pages ${dir} ${out} DEPENDS embed-pages ${files} VERBATIM
        COMMENT "Embedding the pages of ${dir}")
    target_sources(${target} PRIVATE ${out})
endfunction()

# The phone page, for every program that contains the gateway.
if(TARGET zvonokd)
    add_library(zv_pages STATIC)
    target_link_libraries(zv_pages PUBLIC zv_flags)
    zv_embed_pages(zv_pages ${ZV_PAGES_DIR})
    target_link_libraries(zvonokd PRIVATE zv_pages)
    get_target_property(type zv_gateway TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
        target_link_libraries(zv_gateway PRIVATE zv_pages)
    endif()
endif()

# The generator's own test: a folder of fixtures, one of them made here because of its size.
if(CMOCKA_FOUND AND NOT ZV_FUZZ)
    set(fixture ${CMAKE_CURRENT_BINARY_DIR}/embed-fixture)
    file(COPY ${CMAKE_SOURCE_DIR}/tests/unit/http/pages/ DESTINATION ${fixture})
    string(REPEAT "// one line of a large file, of which there are ten thousand\n" 10000 text)
    file(CONFIGURE OUTPUT ${fixture}/assets/large-1b2c3d4e.js CONTENT "${text}" @ONLY)
    foreach(case embedded missing)
        add_executable(test_pages_${case} ${CMAKE_SOURCE_DIR}/tests/unit/http/pages_${case}.c)
        target_link_libraries(test_pages_${case} PRIVATE zv_flags zv_base PkgConfig::CMOCKA)
        target_include_directories(test_pages_${case} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
        add_test(NAME test_pages_${case} COMMAND test_pages_${case})
        set_tests_properties(test_pages_${case} PROPERTIES LABELS unit TIMEOUT 60)
    endforeach()
    zv_embed_pages(test_pages_embedded ${fixture})
    zv_embed_pages(test_pages_missing ${CMAKE_CURRENT_BINARY_DIR}/no-such-folder)
endif()
