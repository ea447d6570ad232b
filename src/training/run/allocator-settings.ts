/**
 * Environment variables for a process that trains. glibc's malloc gives large blocks back to the system when they are
 * freed, and a training frees and asks for the same hundreds of megabytes in every step; each time the system would clear
 * them anew. With these it keeps them. Other systems' allocators do not know the names, and nothing is lost there.
 */
export const ALLOCATOR_SETTINGS = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
} as const;
