import { expect, test } from 'vitest';
import { buildXml, childElements, childText, parseXml } from './xml.ts';

test('text survives the way out and in, whatever characters it has', () => {
  const keys = [' a & b <c> "d" \'e\' ', 'ü/😀', 'tab\tline\ncr\rbell\u0007', '&amp;&#65;', ']]>', '007', 'true'];
  const xml = buildXml('Delete', { Object: keys.map((Key) => ({ Key })) });
  const parsed = childElements(parseXml(xml, 'Delete'), 'Object').map((object) => childText(object, 'Key'));
  expect(parsed).toEqual(keys);
});

test('absent children are left out, empty ones are told', () => {
  expect(buildXml('R', { A: undefined, B: '', C: [], D: [1, 2], E: false })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><B/><D>1</D><D>2</D><E>false</E></R>',
  );
});

test.each([
  ['nothing', ''],
  ['no XML', 'hello'],
  ['an open element', '<Delete><Object>'],
  ['another root', '<Other/>'],
  ['two roots', '<Delete/><Delete2/>'],
  ['a document type', '<!DOCTYPE Delete [<!ENTITY a "aaaa">]><Delete>&a;</Delete>'],
  ['an unknown entity', '<Delete><Quiet>&lol;</Quiet></Delete>'],
  ['a name of the language’s own', '<Delete><Quiet>&constructor;</Quiet></Delete>'],
  ['U+0000', '<Delete><Quiet>&#0;</Quiet></Delete>'],
  ['a raw U+0000', '<Delete><Quiet>\0</Quiet></Delete>'],
  ['half a surrogate pair', '<Delete><Quiet>&#xd800;</Quiet></Delete>'],
  ['a prototype', '<Delete><__proto__>1</__proto__></Delete>'],
])('%s is malformed', (_name, text) => {
  expect(() => parseXml(text, 'Delete')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});

test('a text that has children, or stands twice, is malformed', () => {
  const root = parseXml('<Delete><Quiet><a>1</a></Quiet><Key>a</Key><Key>b</Key><Object/></Delete>', 'Delete');
  for (const read of [
    () => childText(root, 'Quiet'),
    () => childText(root, 'Key'),
    () => childElements(root, 'Object'),
  ]) {
    expect(read).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  }
});
