import { expect, it } from 'vitest';
import { mayMatch } from './partial-match.ts';

it.each<[object, boolean]>([
  [{ source: ['aws.s3'], detail: { bucket: { name: ['in'] }, object: { key: ['x'] } } }, true],
  [{ source: [{ prefix: 'aws.' }] }, true],
  [{ region: ['eu-central-1'] }, true],
  [{ $or: [{ source: ['aws.ec2'] }, { region: ['x'] }] }, true],
  [{ source: ['aws.ec2'] }, false],
  [{ source: ['aws.s3'], detail: { bucket: { name: ['out'] } } }, false],
])('%j may select an event that is known in part: %s', (pattern, isPossible) => {
  expect(mayMatch(pattern, { source: 'aws.s3', detail: { bucket: { name: 'in' } } })).toBe(isPossible);
});
