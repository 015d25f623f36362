# hilum_library(name SOURCES a.cpp ... [PUBLIC lib ...] [PRIVATE lib ...])
# One static library per folder with our warnings on. Third parties are linked PRIVATE, so that the
# compiler enforces which folder may include what.
function(hilum_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  hilum_warnings(${name})
endfunction()

function(hilum_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(HILUM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# hilum_test(name SOURCES a_test.cpp ... LIBRARIES lib ... LABEL unit [TIMEOUT s])
# A doctest program; each TEST_CASE becomes a CTest test.
function(hilum_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 180)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE test_support ${ARG_LIBRARIES})
  hilum_warnings(${name})
  doctest_discover_tests(${name} TEST_PREFIX "${ARG_LABEL}/"
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
