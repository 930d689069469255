// What the file system says, in words.

/** What the system calls a mistake, in words. */
export const systemWords: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  ENOTDIR: "a part of its path is no folder",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links go round in a circle",
  EEXIST: "a file of that name is there already",
  ENOSPC: "the disk is full",
  EROFS: "the file system cannot be written to",
};

/** The reason of a failed file operation; other errors are bugs and continue. */
export function whyOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return systemWords[error.code] ?? error.message;
  }
  throw error;
}

/** A name in a message; an empty one would not be seen. */
export function shownName(file: string): string {
  return file === "" ? '""' : file;
}
