#pragma once

/// In front of a function: the compiler makes one version of it per generation of processors and
/// the loader picks the right one, by what the processor can do, not by its maker's name.
/// Sanitizers do not know such functions.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HILUM_PER_PROCESSOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HILUM_PER_PROCESSOR
#endif

/// For the functions that such a function calls, so that they become part of every version.
#define HILUM_INLINE inline __attribute__((always_inline))
