/** A command that could not do what it was asked to: the message is for a person, the exit code is 1. */
export class CommandFailed extends Error {}

/** A command that was called wrongly: the exit code is 2. */
export class WrongUsage extends Error {}

/** There was no answer, or none that says how it went: the same may go well the next time. */
export class NoAnswer extends CommandFailed {}

/** The server refused a request, and says why. */
export class Refused extends CommandFailed {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
