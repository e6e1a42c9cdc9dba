import type { CommandEnvironment } from '../command.ts';
import { localTime } from '../output.ts';

/*
 * The secret link under which calendars read what is due and takes place.
 */

/** `synap calendar`: whether there is a link. */
export async function showCalendar({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.calendar.readLink.query({});
  output.result(answer, [
    answer.link === null
      ? 'There is no link. “synap calendar link” makes one.'
      : `There is a link, made ${localTime(answer.link.createdAt)}. “synap calendar link” makes another and ends it.`,
  ]);
}

/** `synap calendar link`: makes one, and ends the one before. */
export async function linkCalendar({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.calendar.createLink.mutate({});
  // The store is open in this process, which serves nobody.
  const isServed = client.settle === null;
  output.result(answer, [isServed ? answer.url : new URL(answer.url).pathname]);
  if (!isServed) output.message('Put the address of the server before it; it is answered while the server runs.');
  output.message('Whoever has this link reads your calendar. It is shown this once.');
}

/** `synap calendar revoke` */
export async function revokeCalendar({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.calendar.revokeLink.mutate({});
  output.result(answer, ['The link is no more.']);
}
