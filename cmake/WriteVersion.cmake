# Writes OUT from TEMPLATE with the commit of SOURCE and the program's VERSION, when the build runs, so
# that it names the commit that was built and not the one that was configured. A file that would not
# change is left alone, so that nothing is compiled anew.
execute_process(COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE HILUM_COMMIT
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT HILUM_COMMIT)
  set(HILUM_COMMIT "unknown")
endif()
set(PROJECT_VERSION ${VERSION})
configure_file(${TEMPLATE} ${OUT} @ONLY)
