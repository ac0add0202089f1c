import { expect, test } from 'vitest';
import { possibleHostBuckets, readAddress, readCopySource } from './address.ts';

test.each([
  ['127.0.0.1:7090', '/bucket/a/b', 'bucket', 'a/b'],
  ['[::1]:7090', '/bucket/a', 'bucket', 'a'],
  ['localhost:7090', '/bucket/a', 'bucket', 'a'],
  ['localhost', '/bucket', 'bucket', ''],
  ['localhost', '/bucket/', 'bucket', ''],
  ['localhost', '/', '', ''],
  ['bucket.localhost:7090', '/a/b', 'bucket', 'a/b'],
  ['my.bucket.localhost', '/', 'my.bucket', ''],
  ['bucket.127.0.0.1:7090', '/a', 'bucket', 'a'],
  ['s3.amazonaws.com', '/bucket/a', 'bucket', 'a'],
  ['s3.eu-west-1.amazonaws.com', '/bucket/a', 'bucket', 'a'],
  ['Bucket.s3.amazonaws.com:443', '/a', 'bucket', 'a'],
  ['my.bucket.s3.us-east-1.amazonaws.com', '/a', 'my.bucket', 'a'],
  ['bucket.s3.dualstack.us-east-1.amazonaws.com', '/a', 'bucket', 'a'],
  ['millrace', '/bucket/a', 'bucket', 'a'],
  ['ci.example.org:7090', '/bucket/a', 'bucket', 'a'],
  ['bucket.s3.example.org', '/a', 'bucket', 'a'],
  ['s3.example.org', '/bucket/a', 'bucket', 'a'],
  ['other.example.org', '/a', 'other', 'a'],
])('%s%s is bucket "%s", key "%s"', (host, path, bucket, key) => {
  const serverNames =
    host.endsWith('s3.example.org') || host.startsWith('other') ? ['example.org', 's3.example.org'] : [];
  expect(readAddress(host, path, serverNames)).toEqual({ bucket, key });
});

test.each([
  ['bkt.mill.example.test:7090', ['bkt', 'bkt.mill', 'bkt.mill.example']],
  ['bkt.mill', ['bkt']],
  ['bkt.example.org', []],
  ['example.org', []],
  ['mill', []],
  ['localhost', []],
  ['bkt.localhost', []],
  ['127.0.0.1', []],
  ['[::1]:7090', []],
  ['s3.us-east-1.amazonaws.com', []],
])('the host %s may name the buckets %j', (host, buckets) => {
  expect(possibleHostBuckets(host, ['example.org'])).toEqual(buckets);
});

test('keys are percent-decoded once, and a plus stays a plus', () => {
  expect(readAddress('localhost', '/b/a+b%20c%2Fd%252F/%C3%BC/../%F0%9F%98%80//').key).toBe('a+b c/d%2F/ü/../😀//');
});

test.each(['/b/%ff', '/b/%', '/b/%zz', '/b/a%00b', '/%ff/a'])('rejects the path %s', (path) => {
  expect(() => readAddress('localhost', path)).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
});

test('a key has at most 1,024 bytes of UTF-8', () => {
  expect(readAddress('localhost', `/b/${'%C3%BC'.repeat(512)}`).key).toHaveLength(512);
  expect(() => readAddress('localhost', `/b/${'%C3%BC'.repeat(512)}a`)).toThrow(
    expect.objectContaining({ code: 'KeyTooLongError' }),
  );
});

test.each([
  ['/bucket/a%20b', { bucket: 'bucket', key: 'a b', versionId: undefined }],
  ['bucket/a/b+c?versionId=v1', { bucket: 'bucket', key: 'a/b+c', versionId: 'v1' }],
  ['bucket%2Fa%2Fb', { bucket: 'bucket', key: 'a/b', versionId: undefined }],
  ['/bucket/what%3FversionId=x', { bucket: 'bucket', key: 'what?versionId=x', versionId: undefined }],
])('copy source %s', (value, expected) => {
  expect(readCopySource(value)).toEqual(expected);
});

test.each(['', '/', 'bucket', '/bucket/'])('copy source "%s" names no object', (value) => {
  expect(() => readCopySource(value)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
});
