/**
 * An archive as Electron reads it: the length of the header, the header (a JSON index, each part counted and padded
 * to four bytes as Chromium's pickles are), then the files one after the other.
 *
 * @param {Record<string, Buffer>} files by name, all in the top folder
 */
export function asarOf(files) {
  const index = {};
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    index[name] = { size: bytes.length, offset: String(offset) };
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify({ files: index }));
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4)]);
  const header = Buffer.concat([uint32(4 + padded.length), uint32(json.length), padded]);
  return Buffer.concat([uint32(4), uint32(header.length), header, ...Object.values(files)]);
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
