/** So much room a part is given at first; it doubles as content comes, so that a note takes no more than it needs. */
const FIRST_ROOM_BYTES = 64 * 1024;

/** A part of content, and whether it is the last one. */
export interface ContentPart {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/**
 * Cuts content into parts of exactly this size, the last one of what is left: servers want all parts of an object but
 * the last of one size. No content is one empty part. No more than one part is held at a time.
 */
export async function* cutIntoParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<ContentPart> {
  let room = Buffer.allocUnsafeSlow(Math.min(FIRST_ROOM_BYTES, partBytes));
  let filled = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      if (filled === partBytes) {
        yield { bytes: room, isLast: false };
        room = Buffer.allocUnsafeSlow(partBytes);
        filled = 0;
      }
      if (filled === room.byteLength) room = withMoreRoom(room, partBytes);
      const taken = Math.min(chunk.byteLength - offset, room.byteLength - filled);
      room.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
    }
  }
  yield { bytes: room.subarray(0, filled), isLast: true };
}

function withMoreRoom(room: Buffer<ArrayBuffer>, partBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.min(room.byteLength * 2, partBytes));
  larger.set(room);
  return larger;
}
