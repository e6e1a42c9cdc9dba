import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EntityType } from '@synap/domain';

/** A capture whose type a person has decided. */
export interface LabelledCapture {
  readonly text: string;
  readonly type: EntityType;
}

/** The captures in `training/`, of every type. */
export function readTrainingCaptures(): LabelledCapture[] {
  return Object.values(EntityType).flatMap((type) => {
    const file = new URL(`../../training/${type}.txt`, import.meta.url);
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => ({ type, text: line.replaceAll('\\n', '\n') }));
  });
}

/** One capture in eight is never trained on. Which ones depends on the text alone, so it stays so as others are added. */
export function isHeldBack(text: string): boolean {
  return (createHash('sha256').update(text).digest()[0] ?? 0) % 8 === 0;
}
