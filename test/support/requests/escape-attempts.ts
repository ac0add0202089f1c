import type { Attempt, EscapeHarness } from './escape-harness.ts';

/** Requests by their purpose. */
export type Attempts = Record<string, Attempt>;

/** Returns a PUT that copies another object. */
export const copy = (source: string): Pick<Attempt, 'method' | 'headers'> => ({
  method: 'PUT',
  headers: { 'x-amz-copy-source': source },
});

/** Requests for other objects, methods and buckets, and requests that are not for an object. */
export function plainAttempts({ input, output, neighbour }: EscapeHarness): Attempts {
  return {
    "read another job's input": { path: neighbour.input },
    "HEAD another job's input": { method: 'HEAD', path: neighbour.input },
    "read another job's input from its second byte on": { path: neighbour.input, headers: { range: 'bytes=1-' } },
    "read another job's input unless it has changed": { path: neighbour.input, headers: { 'if-none-match': '*' } },
    "write another job's input": { method: 'PUT', path: neighbour.input, body: 'x' },
    "read another job's output": { path: neighbour.output },
    "write another job's output": { method: 'PUT', path: neighbour.output, body: 'x' },
    "write another job's output if there is none": {
      method: 'PUT',
      path: neighbour.output,
      headers: { 'if-none-match': '*' },
      body: 'x',
    },
    'write its own input': { method: 'PUT', path: input, body: 'x' },
    'delete its own input': { method: 'DELETE', path: input },
    'delete a version of its own input': { method: 'DELETE', path: input, query: 'versionId=null' },
    'delete its own output': { method: 'DELETE', path: output },
    "read a version of another job's input": { path: neighbour.input, query: 'versionId=null' },
    'read the source': { path: '/my-source/app.zip' },
    'write a release': { method: 'PUT', path: '/my-releases/report.txt', body: 'x' },
    'read from a bucket that does not exist': { path: '/no-such-bucket/x' },
    'list all buckets': { path: '/' },
    'list the bucket': { path: '/my-artifacts' },
    'list the bucket, version 2': { path: '/my-artifacts', query: 'list-type=2' },
    'list the folder of its own input': { path: '/my-artifacts', query: 'list-type=2&prefix=MySecondPipeline%2F' },
    'list versions': { path: '/my-artifacts', query: 'versions=' },
    'list uploads': { path: '/my-artifacts', query: 'uploads=' },
    'HEAD the bucket': { method: 'HEAD', path: '/my-artifacts' },
    'make a bucket': { method: 'PUT', path: '/my-own-bucket' },
    'delete the bucket': { method: 'DELETE', path: '/my-artifacts' },
    'read tags': { path: input, query: 'tagging=' },
    'write tags': {
      method: 'PUT',
      path: output,
      query: 'tagging=',
      body: '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>',
    },
    'write its own output with tags': { method: 'PUT', path: output, headers: { 'x-amz-tagging': 'a=1' }, body: 'x' },
    'begin an upload with tags': {
      method: 'POST',
      path: output,
      query: 'uploads=',
      headers: { 'x-amz-tagging': 'a=1' },
    },
    'read attributes': { path: input, query: 'attributes=', headers: { 'x-amz-object-attributes': 'ETag' } },
    'read attributes of its own output': {
      path: output,
      query: 'attributes=',
      headers: { 'x-amz-object-attributes': 'ETag' },
    },
    'read tags of its own output': { path: output, query: 'tagging=' },
    'read the list of rights': { path: input, query: 'acl=' },
  };
}

const subresources = [
  'location',
  'versioning',
  'encryption',
  'tagging',
  'acl',
  'policy',
  'lifecycle',
  'cors',
  'website',
];
/** Requests for every bucket setting with one method. */
export const bucketSettings = (method: string): Attempts =>
  Object.fromEntries(
    subresources.map((name) => [
      `${method} ${name} of the bucket`,
      { method, path: '/my-artifacts', query: `${name}=` },
    ]),
  );

/** Copies and uploads in parts. */
export function copyAttempts({ input, output, neighbour }: EscapeHarness): Attempts {
  const part = { query: 'partNumber=1&uploadId=any' };
  return {
    'copy the source to its own output': { ...copy('/my-source/app.zip'), path: output },
    "copy another job's input to its own output": { ...copy(neighbour.input), path: output },
    "copy another job's input, encoded throughout": { ...copy(encodeURIComponent(neighbour.input)), path: output },
    "copy a version of another job's input": { ...copy(`${neighbour.input}?versionId=null`), path: output },
    'copy its own input to another output': { ...copy(input), path: neighbour.output },
    'copy its own input to a release': { ...copy(input), path: '/my-releases/report.txt' },
    'copy the source as a part': { ...copy('/my-source/app.zip'), ...part, path: output },
    "copy another job's input as a part": { ...copy(neighbour.input), ...part, path: output },
    'copy its own input as a part of another output': { ...copy(input), ...part, path: neighbour.output },
    'upload a part of another output': { ...part, method: 'PUT', path: neighbour.output, body: 'x' },
    'begin an upload of another output': { method: 'POST', path: neighbour.output, query: 'uploads=' },
    'begin an upload of its own input': { method: 'POST', path: input, query: 'uploads=' },
    'list the parts of another output': { path: neighbour.output, query: 'uploadId=any' },
    'end an upload of another output': { method: 'DELETE', path: neighbour.output, query: 'uploadId=any' },
    'complete an upload of another output': { method: 'POST', path: neighbour.output, query: 'uploadId=any' },
  };
}

/** Spellings of a key that the object store might interpret differently than authorization. */
export function keyTricks({ input, neighbour, server }: EscapeHarness): Attempts {
  const { host } = new URL(server.url);
  const [, , ...key] = input.split('/');
  const foreign = neighbour.input.split('/').slice(2);
  const folder = input.slice(0, input.lastIndexOf('/'));
  const last = input.slice(folder.length + 1);
  return {
    'up and down again': { path: `${input}/../${last}` },
    "up into another job's folder": { path: `${input}/../../../${foreign.join('/')}` },
    'up, encoded': { path: `${folder}/%2e%2e/${input.split('/')[3]}/${last}` },
    'up out of the bucket': { path: `${input}/../../../../my-source/app.zip` },
    'up out of the bucket, encoded': { path: `/my-artifacts/%2e%2e/my-source/app.zip` },
    'up out of the bucket with backslashes': { path: '/my-artifacts/..%5Cmy-source%5Capp.zip' },
    'a dot': { path: `${folder}/./${last}` },
    'a second slash before the bucket': { path: `/${input}` },
    'a second slash after the bucket': { path: input.replace('/my-artifacts/', '/my-artifacts//') },
    'a second slash in the key': { path: `${folder}//${last}` },
    'a slash at the end': { path: `${input}/` },
    'an encoded slash at the end': { path: `${input}%2F` },
    'a slash after the bucket': { path: '/my-artifacts/' },
    'the slash after the bucket encoded': { path: input.replace('/my-artifacts/', '/my-artifacts%2F') },
    'encoded twice': { path: input.replace(last, [...last].map((c) => `%25${c.charCodeAt(0).toString(16)}`).join('')) },
    'capital letters in the bucket': { path: input.replace('/my-artifacts/', '/MY-ARTIFACTS/') },
    'capital letters in the key': { path: `${folder}/${swapCase(last)}` },
    'letters as wide as Chinese ones': { path: `${folder}/${encodeURIComponent(widen(last))}` },
    'a wide slash': { path: `${folder}${encodeURIComponent('／')}${last}` },
    'an accent': { path: `${input}${encodeURIComponent('\u0301')}` },
    'a space at the end': { path: `${input}%20` },
    'a line break at the end': { path: `${input}%0A` },
    'a plus at the end': { path: `${input}+` },
    'a question mark in the key': { path: `${input}%3Fx` },
    'a number sign in the key': { path: `${input}%23x` },
    'a wildcard': { path: `${folder}/*` },
    'a wildcard for one letter': { path: `${input.slice(0, -1)}%3F` },
    'the beginning of the key': { path: input.slice(0, -1) },
    'the folder': { path: folder },
    'another bucket before the host': { host: `my-source.${host}`, path: '/app.zip' },
    'another bucket before the host, its own path after it': { host: `my-source.${host}`, path: input },
    'another key after its own bucket in the host': { host: `my-artifacts.${host}`, path: `/${foreign.join('/')}` },
    'another bucket before the host of Amazon': { host: 'my-source.s3.us-east-1.amazonaws.com', path: '/app.zip' },
    'a whole URL as the target': { path: `${server.url}/my-source/app.zip`, host: `my-artifacts.${host}` },
    'the own key in another bucket': { path: `/my-source/${key.join('/')}` },
  };
}

const swapCase = (text: string) =>
  [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
const widen = (text: string) => [...text].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
