# Links executables with an allocator of onemalloc, and installs the allocator with them. CMake 3.21 or newer.
#
#   include(onemalloc.cmake)
#   add_executable(server main.c)
#   onemalloc_link(server [ALLOCATOR mimalloc])       # instead of a launcher for the whole build
#   onemalloc_install(server [DESTINATION bin])       # instead of install(TARGETS server)
#
# The command is found on PATH, or named by -DONEMALLOC=/path/of/onemalloc. Without onemalloc_install, an installed
# program does not find its allocator and does not start (exit code 127): it names the library relative to itself.

find_program(ONEMALLOC onemalloc DOC "The command onemalloc")

function(onemalloc_link target)
  cmake_parse_arguments(PARSE_ARGV 1 option "" "ALLOCATOR" "")
  if(NOT ONEMALLOC)
    message(FATAL_ERROR "onemalloc was not found: put it on PATH or set ONEMALLOC to its path")
  endif()
  set(launcher ${ONEMALLOC} link --kind executable)
  if(option_ALLOCATOR)
    list(APPEND launcher --allocator ${option_ALLOCATOR})
  endif()
  list(APPEND launcher --)
  foreach(language C CXX)
    set_target_properties(${target} PROPERTIES ${language}_LINKER_LAUNCHER "${launcher}")
  endforeach()
endfunction()

function(onemalloc_install target)
  cmake_parse_arguments(PARSE_ARGV 1 option "" "DESTINATION" "")
  include(GNUInstallDirs)
  if(NOT option_DESTINATION)
    set(option_DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  install(TARGETS ${target} DESTINATION ${option_DESTINATION})
  # A program in a directory bin or sbin has its allocator in ../lib/onemalloc, any other in lib/onemalloc. It keeps
  # that name wherever it is installed.
  install(CODE "
    set(built \"$<TARGET_FILE_DIR:${target}>\")
    get_filename_component(place \"\${built}\" NAME)
    set(lib lib)
    if(place MATCHES \"^s?bin$\")
      set(lib ../lib)
    endif()
    get_filename_component(to \"\${CMAKE_INSTALL_PREFIX}/${option_DESTINATION}/\${lib}\" ABSOLUTE)
    file(INSTALL \"\${built}/\${lib}/onemalloc\" DESTINATION \"\${to}\" USE_SOURCE_PERMISSIONS
         PATTERN originals EXCLUDE)
  ")
endfunction()
