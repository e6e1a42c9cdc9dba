/** So much room a part is given at first; it doubles as content comes, so that a note takes no more than it needs. */
const FIRST_ROOM_BYTES = 64 * 1024;

/** A part of content. */
export interface ContentPart {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  /** To be called when the bytes are not needed any more: a later part is then given their room. */
  release(): void;
}

/**
 * Cuts content into parts of exactly this size, the last one of what is left: servers want all parts of an object but
 * the last of one size. No content is one empty part. One part is held here at a time; the room of released ones is
 * used again, since so large pieces of memory would be collected too late.
 */
export async function* cutIntoParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<ContentPart> {
  const released: Buffer[] = [];
  let room: Buffer = Buffer.allocUnsafeSlow(Math.min(FIRST_ROOM_BYTES, partBytes));
  let filled = 0;
  const part = (bytes: Buffer, isLast: boolean): ContentPart => ({
    bytes,
    isLast,
    release: () => void released.push(bytes),
  });
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      if (filled === partBytes) {
        yield part(room, false);
        room = released.pop() ?? Buffer.allocUnsafeSlow(partBytes);
        filled = 0;
      }
      if (filled === room.byteLength) room = withMoreRoom(room, partBytes);
      const taken = Math.min(chunk.byteLength - offset, room.byteLength - filled);
      room.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
    }
  }
  yield part(room.subarray(0, filled), true);
}

function withMoreRoom(room: Buffer, partBytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(room.byteLength * 2, partBytes));
  larger.set(room);
  return larger;
}
