import { expect, test } from 'vitest';
import { buildXml, childElements, childText, parseLongXml, parseXml } from './xml.ts';

test('text is the same after building and parsing, whatever its characters', () => {
  const keys = [' a & b <c> "d" \'e\' ', 'ü/😀', 'tab\tline\ncr\rbell\u0007', '&amp;&#65;', ']]>', '007', 'true'];
  const xml = buildXml('Delete', { Object: keys.map((Key) => ({ Key })) });
  const parsed = childElements(parseXml(xml, 'Delete'), 'Object').map((object) => childText(object, 'Key'));
  expect(parsed).toEqual(keys);
});

test('undefined children are omitted, empty ones are written', () => {
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
  ['an entity named like a built-in property', '<Delete><Quiet>&constructor;</Quiet></Delete>'],
  ['U+0000', '<Delete><Quiet>&#0;</Quiet></Delete>'],
  ['a raw U+0000', '<Delete><Quiet>\0</Quiet></Delete>'],
  ['a lone surrogate', '<Delete><Quiet>&#xd800;</Quiet></Delete>'],
  ['a document type without a name', '<!><Delete/>'],
  ['an element declaration', '<Delete><!ELEMENT a ANY></Delete>'],
  ['a processing instruction', '<?a?><Delete/>'],
  ['a nested processing instruction', '<Delete><?a b?></Delete>'],
  ['a declaration that is not first', '<Delete/><?xml version="1.0"?>'],
  ['crossed end tags', '<Delete><Quiet></Delete></Quiet>'],
  ['an extra end tag', '<Delete/></Delete>'],
  ['two equal roots', '<Delete/><Delete/>'],
  ['text after the root', '<Delete/>x'],
  ['a CDATA section outside', '<![CDATA[x]]><Delete/>'],
  ['a comment without an end', '<Delete><!-- </Delete>'],
  ['a tag without an end', '<Delete><Quiet '],
  ['an attribute without quotes', '<Delete a=1/>'],
  ['a tag of 5,000 characters', `<Delete a="${'x'.repeat(5000)}"/>`],
  ['a text of 17,000 characters', `<Delete><Quiet>${'x'.repeat(17_000)}</Quiet></Delete>`],
  ['such a text in several pieces', `<Delete><Quiet>${'x<!-- -->'.repeat(17_000)}</Quiet></Delete>`],
  ['17 levels', `<Delete>${'<a>'.repeat(17)}${'</a>'.repeat(17)}</Delete>`],
  ['20,001 elements', `<Delete>${'<a/>'.repeat(20_001)}</Delete>`],
  ['a prototype', '<Delete><__proto__>1</__proto__></Delete>'],
])('%s is malformed', (_name, text) => {
  expect(() => parseXml(text, 'Delete')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});

test('a text that has children or is repeated is malformed', () => {
  const root = parseXml('<Delete><Quiet><a>1</a></Quiet><Key>a</Key><Key>b</Key><Object/></Delete>', 'Delete');
  for (const read of [
    () => childText(root, 'Quiet'),
    () => childText(root, 'Key'),
    () => childElements(root, 'Object'),
  ]) {
    expect(read).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  }
});

test('reads declarations, comments, CDATA sections, prefixes, attributes and white space as S3 does', () => {
  const text = `\uFEFF<?xml version="1.0" encoding="UTF-8" standalone='yes'?>
    <!-- a > b -->
    <s3:Delete xmlns:s3 = "http://s3.amazonaws.com/doc/2006-03-01/" xsi:type='a > b'>
      <s3:Object ><s3:Key>a&lt;<![CDATA[<b>&amp;]]>c\r\nd</s3:Key ></s3:Object>
      <s3:Quiet/><s3:Empty></s3:Empty>
    </s3:Delete >\n<!-- the end -->\n`;
  const root = parseXml(text, 'Delete');
  expect(childElements(root, 'Object').map((object) => childText(object, 'Key'))).toEqual(['a<<b>&amp;c\nd']);
  expect([childText(root, 'Quiet'), childText(root, 'Empty'), childText(root, 'Absent')]).toEqual(['', '', undefined]);
});

test('yields to the event loop while reading a long document', async () => {
  const text = `<Delete>${'<Object><Key>a</Key></Object>'.repeat(10_000)}</Delete>`;
  let turns = 0;
  let next: NodeJS.Immediate;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  next = setImmediate(count);
  const root = await parseLongXml(text, 'Delete', 20_001);
  clearImmediate(next);
  expect(childElements(root, 'Object')).toHaveLength(10_000);
  expect(turns).toBeGreaterThan(5);
  await expect(parseLongXml(text, 'Delete', 20_000)).rejects.toMatchObject({ code: 'MalformedXML' });
});
