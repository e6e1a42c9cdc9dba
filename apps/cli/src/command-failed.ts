/** A command that could not do what it was asked to: the message is for a person, the exit code is 1. */
export class CommandFailed extends Error {}

/** A command that was called wrongly: the exit code is 2. */
export class WrongUsage extends Error {}
