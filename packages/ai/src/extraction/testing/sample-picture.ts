import { crc32, deflateSync } from 'node:zlib';

/** A picture of two lines of writing: 'Boiler service receipt' and 'Invoice 4711, paid 180 EUR'. PNG, one bit a pixel. */
export const pictureOfWriting = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAa8AAABrAQAAAADoHjC6AAAEgElEQVRYw+2WPW8kNRjHvdpiigO5QacrwlroCqhoaCIRrUEUfAyE8gE4lCZIq/' +
    'VGkW4KCvMBENYVFEhQID4AuzcnXA4SPZqNpZhyRlvgcMYPj2cms9lkQqKtELdT5MX2b/6Pn9chsM0TyA7bYTtsh71qmLVXl93GId2LBSJwa2PP' +
    'bxyyt2DsutoN7KIHe0h7Lbn6VDcxL2SvJXdggcs71fqMFLnj1nq6SmEuCrH3OOzDCQwhPHHMU8fsOS1oj1paUK3L4RmFGZuxrw79JJAJAf9hkZ' +
    'TDItEv8EePmswSbZfPis8gUQ/o4Mgf+4PjffCvL06L3xandr7sc8lDlmZWm6pEYeBSVn7ihPMisNwYyA1u9d2NcGms1RdLAB54TivnHFQB/5Yr' +
    'DXJljevFmKq0zt0KgAWhpXPewSoIL3Ad4p7rjRvFN9o5MQBJIIlyUa0k3AsyyGE2QC/3qXHN8I0zgmqzCUmYq3wFBeFBzAYSyKBfDe1CzEpArD' +
    'jgoPzn7ov4D5oBOUi4VU2tLJYAGhlGApg/wmPL+D4FKSi4RY1r9JjVUQBGUe3QlTELMaCYc1HtNsy0avANR28+Rk9WTY7XWNYbAJHKzFrzd63G' +
    'QIUEY+3qS780oF/qZW+436SLVOviRwPhXfZAMki83zvex7gtzPKnhbHzT53oC3dBrS0HJibMjCpIXExlxIohpvLQvhi6ngogwnGtQxLjBiVjQD' +
    '0Wzgka6SkWDtXnNNzE7n5uVP79ML0d9n9Wg1cV6x8eqm+9KdMNzDjCf4WyXQSG1espJnYhsC05kHN6WabNgTY6C0fYAOb8ilpJsUpwpSAVYskm' +
    '1j4n4XtO1tjPNebf4U8ZnP2AWPZR2175BnaKVh/D7+tFC39KP+VMorkXIPNlr9p7EBtJWGNovHTQYKiWVi128GTKDRZ4HIEQ3uowt4A5qOKwxk' +
    'Y8tjHE8g77YMw1tpM4AiEc4VdJg/mZIJzN30bMBzwSbwlSt5ifvsa4XqS2MIuPwR8idNGoPeJ7TD1NIjaNWBbv1hk5YYzlqdEZjkDABtypTbHX' +
    'MplG7NEUsbPvqisuGXPcjI0Z1Aou4r3buwnstYpliMEAezcUA8Tw7Y2RE6GUVEbHEQjVqsM8pohE+xELZCparAv3WCBFKxtHIJjlWg3YnClmo5' +
    'EH8W51AGaXyXUgpGRqpeMIBFvhrquD6UAROqrVXOtJdMkvl2popGYsqimA58/qZGiMHDGpuGnj1qpp06kpzVWF8xSxOcFLtHcTGOMRtx1Wq+WX' +
    '2FSoc/zG0HGWIcZ1d7evRevJJkvMRrgnQp7xOgAy1ht0mBgJqliTkxgjVHNA83LtyUJguA1O6vgNKGusAj8ec8poDLerKyCLodSuc4ksRZbaZb' +
    'ZYRjUJf3zy1/uI7Y0xuVLM0y/9fl1v3/o3WOrWaqWoU7kcNmqEzocYPUxlGVO5JNO2urHKtRedJ0toCodGNdZifgEnUhWY9+Syl+DvHMv6Xxre' +
    '6tpn/T375Ora9/k9MbudGmyLbWXk1mqww3bYDtth/0nsH7tJo0caJr5BAAAAAElFTkSuQmCC',
  'base64',
);

/** A grey PNG of these pixels, row by row, a byte each; one byte stands for all of them if there is one only. */
export function aPng({ width, height, pixels }: { width: number; height: number; pixels: Uint8Array }): Buffer {
  const rows = Buffer.alloc(height * (width + 1), pixels.length === 1 ? pixels : 0);
  for (let row = 0; row < height; row += 1) {
    rows[row * (width + 1)] = 0;
    if (pixels.length > 1) rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const ends = [Buffer.alloc(4), Buffer.alloc(4)] as const;
  ends[0].writeUInt32BE(content.length);
  ends[1].writeUInt32BE(crc32(named));
  return Buffer.concat([ends[0], named, ends[1]]);
}
