/** The part of `fs-native-extensions` that is used here; the package carries no types. */
declare module 'fs-native-extensions' {
  const extensions: {
    /** Takes an exclusive lock on the open file, or says that somebody else has it. The kernel lets go at exit. */
    tryLock(fileDescriptor: number): boolean;
    unlock(fileDescriptor: number): void;
  };
  export default extensions;
}
