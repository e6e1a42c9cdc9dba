import { type DurableSubscriber, subscribeDurably } from '@synap/database';
import type { EventName, StoredEvent } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** What a plug-in does when something has happened; docs/extending.md shows one. */
export interface EventHandler {
  /** Where it has come to in the log is kept under this name: the same for ever, or it begins with the first event. */
  readonly name: string;
  /** It is given the events of these types, in the order of the log, of all users. */
  readonly types: readonly EventName[];
  /**
   * Does what is to be done about one event. It is given each event at least once: again if it throws, and again if the
   * process ends before it is known to be done. So doing it twice must be as doing it once. What it throws holds up the
   * events after this one, of this handler alone; an event that nothing can be done about must not throw.
   */
  handle(event: StoredEvent, parts: Parts): Promise<void>;
}

/**
 * Gives the events of the log to each of the handlers, from where it stopped. None waits for another; of several
 * processes one at a time runs a handler.
 *
 * @param options.owner this process, by a name that no other has.
 * @param options.onError told of each failure; the event is given again at the next look.
 * @throws {Error} if two handlers have one name.
 */
export function startEventHandlers(
  parts: Parts,
  handlers: readonly EventHandler[],
  options: { owner: string; pollIntervalMs: number; onError: (error: unknown, handler: string) => void },
): DurableSubscriber {
  const names = new Set(handlers.map(({ name }) => name));
  if (names.size < handlers.length) throw new Error('Two event handlers have the same name.');
  const { onError, ...following } = options;
  const subscribers = handlers.map((handler) =>
    subscribeDurably({
      ...following,
      name: `plug-in:${handler.name}`,
      queries: parts.database.queries,
      log: parts.log,
      filter: { types: handler.types },
      handle: (event) => handler.handle(event, parts),
      onError: (error) => onError(error, handler.name),
    }),
  );
  const all = async (work: (subscriber: DurableSubscriber) => Promise<void>): Promise<void> => {
    await Promise.all(subscribers.map(work));
  };
  return { drained: () => all((each) => each.drained()), stop: () => all((each) => each.stop()) };
}
