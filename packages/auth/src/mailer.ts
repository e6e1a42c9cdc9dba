/** A letter of plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends letters. */
export interface Mailer {
  /** Resolves when the letter is on its way. */
  send(mail: Mail): Promise<void>;
}
