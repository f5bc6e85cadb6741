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

# What goes into the SIP stack and comes out of it, written and played (tests/unit/sip/test_scenes.c), and the gateway that writes
# it: zvonokd with the stack's calls wrapped.
file(GLOB transcript_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/support/transcript/*.c)
add_library(zv_transcript STATIC ${transcript_sources})
target_link_libraries(zv_transcript PUBLIC zv_sip)
target_include_directories(zv_transcript PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(test_sip_scenes PRIVATE zv_transcript)

set(wrapped new free on_message on_stranger on_resolved on_flow_failed on_flow_untrusted on_timeout deadline_us poll account_add
    account_remove register unregister invite ring accept reject hangup reoffer reply_offer info send_digits)
list(TRANSFORM wrapped PREPEND "-Wl,--wrap=zv_sip_")
add_executable(zvonokd-transcribed ${CMAKE_SOURCE_DIR}/src/gateway/main.c
    ${CMAKE_CURRENT_SOURCE_DIR}/tools/transcribed/transcribed.c)
target_link_libraries(zvonokd-transcribed PRIVATE zv_gateway zv_transcript)
target_link_options(zvonokd-transcribed PRIVATE ${wrapped})
