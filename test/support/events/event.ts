import type { Event } from '../../../src/model/event.ts';

/** An event as EventBridge has it. */
export const sampleEvent: Event = {
  version: '0',
  id: '01234567-89ab-7cde-8f01-23456789abcd',
  'detail-type': 'CodePipeline Pipeline Execution State Change',
  source: 'aws.codepipeline',
  account: '123456789012',
  time: '2026-11-30T12:00:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:codepipeline:eu-west-1:123456789012:shop'],
  detail: { pipeline: 'shop', state: 'STARTED' },
};
