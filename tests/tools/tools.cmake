# Programs of several files, and the libraries that their unit tests link (tests/unit/support, tests/unit/webclient).
add_library(zv_support INTERFACE)
target_link_libraries(zv_support INTERFACE zv_test_support m)

file(GLOB webclient_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tools/webclient/*.c)
list(FILTER webclient_sources EXCLUDE REGEX "/main\\.c$")
add_library(zv_webclient STATIC ${webclient_sources})
target_link_libraries(zv_webclient PUBLIC zv_test_support zv_rtc_peer zv_sdp zv_io PkgConfig::JANSSON
    OpenSSL::SSL OpenSSL::Crypto m)

add_executable(webclient ${CMAKE_CURRENT_SOURCE_DIR}/tools/webclient/main.c)
target_link_libraries(webclient PRIVATE zv_webclient)

# Many calls at once: webload is the clients, sipfarm the SIP side, flood an attacker (tests/unit/load tests what they share);
# callseries: many after each other.
file(GLOB load_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tools/load/*.c)
list(FILTER load_sources EXCLUDE REGEX "/(webload|sipfarm|flood|callseries)\\.c$")
add_library(zv_load STATIC ${load_sources})
target_link_libraries(zv_load PUBLIC zv_webclient zv_sip)
foreach(program webload sipfarm flood callseries)
    add_executable(${program} ${CMAKE_CURRENT_SOURCE_DIR}/tools/load/${program}.c)
    target_link_libraries(${program} PRIVATE zv_load)
endforeach()
