import type { SpokenPart } from '@synap/ai';

/** A paragraph ends with the part that makes it so long. */
const PARAGRAPH_LENGTH = 400;

/** What was said, as Markdown: paragraphs, each behind the time at which it begins. */
export function transcriptText(parts: readonly SpokenPart[]): string {
  const paragraphs: { startSeconds: number; text: string }[] = [];
  for (const { text, startSeconds } of parts) {
    const words = text.replace(/\s+/g, ' ').trim();
    const last = paragraphs.at(-1);
    if (words === '') continue;
    if (last === undefined || last.text.length >= PARAGRAPH_LENGTH) paragraphs.push({ startSeconds, text: words });
    else last.text += ` ${words}`;
  }
  return paragraphs.map(({ startSeconds, text }) => `[${clock(startSeconds)}] ${text}\n`).join('\n');
}

/** `1:02:03`, and `2:03` within the first hour. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (part: number) => String(part).padStart(2, '0');
  return hours === 0 ? `${minutes}:${pad(rest)}` : `${hours}:${pad(minutes)}:${pad(rest)}`;
}
