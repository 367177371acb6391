// SPDX-License-Identifier: Apache-2.0
// Reads, changes, lays out and signs bundles, written from abi/format/FORMAT.md alone and with Node's own cryptography: what it makes is what a
// liar with a key could make, and what Ingot makes of it shows whether the page is true.
import crypto from "node:crypto";

export const page = 4096;
export const kinds = { manifest: 1, object: 2, symbols: 3, provenance: 4, static_files: 5 };

const up = (offset) => Math.ceil(offset / page) * page;
export const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest();
export const digestOf = (bytes) => sha256(bytes).toString("hex");

/** Keys sorted by bytes, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** {manifest, sections: [{kind, index, bytes}], signedBytes, block} of a bundle that is in order; section 0 is the manifest's text. */
export function readBundle(file) {
  const count = file.readUInt32LE(12), signedBytes = Number(file.readBigUInt64LE(16));
  const sections = [];
  for (let i = 0; i < count; ++i) {
    const at = 32 + 32 * i, offset = Number(file.readBigUInt64LE(at + 8)), length = Number(file.readBigUInt64LE(at + 16));
    sections.push({ kind: file.readUInt32LE(at), index: file.readUInt32LE(at + 4), bytes: Buffer.from(file.subarray(offset, offset + length)) });
  }
  return { manifest: JSON.parse(sections[0].bytes.toString()), sections, signedBytes, block: file.subarray(signedBytes) };
}

/** The signed part: header, table, sections at their places, zeros between. */
export function layOut(sections) {
  const parts = [Buffer.alloc(page)];
  let offset = page;
  parts[0].write("\x89INGOT\r\n", "latin1");
  parts[0].writeUInt32LE(2, 8);
  parts[0].writeUInt32LE(sections.length, 12);
  sections.forEach(({ kind, index, bytes }, i) => {
    const at = 32 + 32 * i;
    parts[0].writeUInt32LE(kind, at);
    parts[0].writeUInt32LE(index, at + 4);
    parts[0].writeBigUInt64LE(BigInt(offset), at + 8);
    parts[0].writeBigUInt64LE(BigInt(bytes.length), at + 16);
    parts.push(bytes, Buffer.alloc(up(bytes.length) - bytes.length));
    offset += up(bytes.length);
  });
  parts[0].writeBigUInt64LE(BigInt(offset), 16);
  return Buffer.concat(parts);
}

const rawPublic = (key) => crypto.createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
export const keyId = (key) => sha256(rawPublic(key)).toString("hex").slice(0, 16);

/** One entry of the signature block. */
export function signature(signedPart, key, { expires = 0n, id = keyId(key) } = {}) {
  const end = Buffer.alloc(8);
  end.writeBigUInt64LE(expires);
  const bytes = crypto.sign(null, Buffer.concat([Buffer.from("ingot-bundle-v2\0"), sha256(signedPart), end]), key);
  return { id, entry: Buffer.concat([Buffer.from(id), end, bytes]) };
}

export function signatureBlock(signatures, { count = signatures.length, reserved = 0 } = {}) {
  const head = Buffer.alloc(16);
  head.write("INGOTSIG");
  head.writeUInt32LE(count, 8);
  head.writeUInt32LE(reserved, 12);
  return Buffer.concat([head, ...[...signatures].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ entry }) => entry)]);
}

/** The signed part with the signatures of these keys. */
export const signed = (signedPart, ...keys) => Buffer.concat([signedPart, signatureBlock(keys.map((key) => signature(signedPart, key)))]);

/** The section table's entry `index` of a signed part, to be changed in place. */
export const tableEntry = (signedPart, index) => signedPart.subarray(32 + 32 * index, 64 + 32 * index);
