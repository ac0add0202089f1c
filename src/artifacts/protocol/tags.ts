import type { Tag } from '../../store/objects/object-index.ts';
import { authorize, type ObjectCall } from './call.ts';
import { refusals, S3Error } from './s3-error.ts';
import { childElements, childText, isElement, type XmlNode } from './xml.ts';

const maxKeyCharacters = 128;
const maxValueCharacters = 256;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** S3's limits. */
export const maxObjectTags = 10;
export const maxBucketTags = 50;

/** Reads the tags of `x-amz-tagging` (`a=1&b=2`, percent-encoded) on a write, which need an extra permission. */
export function readTagHeader(call: ObjectCall): Tag[] | undefined {
  const header = call.header('x-amz-tagging');
  if (header === undefined) return undefined;
  authorize(call, 's3:PutObjectTagging', call);
  const tags = header
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      return { key: decodeForm(key), value: decodeForm(value) };
    });
  checkTags(tags, maxObjectTags);
  return tags;
}

function decodeForm(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    const message =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
    throw refusals.invalidArgument('x-amz-tagging', encoded, message);
  }
}

/** Reads the tags of an element that contains a `TagSet`, at most `most` of them. */
export function readTagSet(parent: Record<string, unknown>, most: number): Tag[] {
  const set = parent.TagSet;
  if (set === undefined) throw refusals.malformedXml('expected <TagSet>');
  return readTags(set, most);
}

/** Reads the `Tag` elements of a node. */
export function readTags(node: unknown, most: number): Tag[] {
  const tags = (isElement(node) ? childElements(node, 'Tag') : []).map((element) => {
    const [key, value] = [childText(element, 'Key'), childText(element, 'Value')];
    if (key === undefined || value === undefined) throw refusals.malformedXml('a tag has a key and a value');
    return { key, value };
  });
  checkTags(tags, most);
  return tags;
}

/** Rejects tags that S3 would not accept, or more than `most`. */
export function checkTags(tags: Tag[], most: number): void {
  if (tags.length > most) throw new S3Error('BadRequest', `There can be at most ${most} tags.`);
  for (const { key, value } of tags) {
    if (key === '' || !isValid(key, maxKeyCharacters)) throw invalidTag(key, 'The TagKey you have provided is invalid');
    if (!isValid(value, maxValueCharacters)) throw invalidTag(key, 'The TagValue you have provided is invalid');
    if (key.startsWith('aws:')) throw invalidTag(key, 'System tags cannot be added/updated by requester');
  }
  const keys = new Set<string>();
  for (const { key } of tags) {
    if (keys.has(key)) throw invalidTag(key, 'Cannot provide multiple Tags with the same key');
    keys.add(key);
  }
}

function isValid(text: string, maxCharacters: number): boolean {
  return Array.from(text).length <= maxCharacters && allowed.test(text);
}

function invalidTag(key: string, message: string): S3Error {
  return new S3Error('InvalidTag', message, { elements: { TagKey: key } });
}

/** Returns the children of a `Tagging` document. */
export function tagSetOf(tags: Tag[]): Record<string, XmlNode> {
  return { TagSet: tags.length === 0 ? '' : { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) } };
}
