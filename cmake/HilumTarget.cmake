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
# A doctest program. Each file of unit tests becomes a CTest test, FOLDER/FILE; of other labels each
# TEST_CASE does, LABEL/NAME. Unit tests take milliseconds, and a program with LibTorch needs half a
# second to start. TIMEOUT is for one CTest test.
function(hilum_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)  # a file of unit tests takes 30 s at most, when nothing else runs
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE test_support ${ARG_LIBRARIES})
  hilum_warnings(${name})
  if(NOT ARG_LABEL STREQUAL unit)
    doctest_discover_tests(${name} TEST_PREFIX "${ARG_LABEL}/"
      PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
    return()
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/tests
             OUTPUT_VARIABLE folder)
  foreach(source ${ARG_SOURCES})
    if(NOT source MATCHES "_test\\.cpp$")
      continue()  # a fixture
    endif()
    cmake_path(REMOVE_EXTENSION source OUTPUT_VARIABLE test)
    add_test(NAME ${folder}/${test} COMMAND ${name} --source-file=*/${folder}/${source})
    # A file whose cases are not found would pass otherwise.
    set_tests_properties(${folder}/${test} PROPERTIES LABELS unit TIMEOUT ${ARG_TIMEOUT}
      FAIL_REGULAR_EXPRESSION "test cases: +0 ")
  endforeach()
endfunction()
