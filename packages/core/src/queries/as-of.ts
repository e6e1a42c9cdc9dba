import { type Clock, ValidationFailed } from '@synap/domain';

/** A reading of the past: the state as it was at `asOf`. Left out, the present. */
export interface PointInTime {
  readonly asOf?: Date | undefined;
}

/**
 * Refuses to tell the future: what is read as of an instant must not change any more afterwards.
 * @throws {ValidationFailed} if the instant is still to come.
 */
export function refuseFuture({ clock }: { clock: Clock }, { asOf }: PointInTime): void {
  if (asOf === undefined || asOf <= clock.now()) return;
  throw new ValidationFailed([{ field: 'asOf', message: `an instant that has passed; ${asOf.toISOString()} has not` }]);
}
