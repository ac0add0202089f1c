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

const approval = {
  pipelineName: 'a-pipeline-with-a-very-long-name',
  stageName: 'Release',
  actionName: 'Ask',
  token: '0190b1a5-0000-7000-8000-000000000001',
  expires: '2026-07-07T20:22Z',
  externalEntityLink: 'https://example.com/changes',
  approvalReviewLink: null,
  customData: null,
};

/** An event that asks for the answer to an approval. */
export const approvalEvent: Event = {
  ...sampleEvent,
  'detail-type': 'Manual Approval Needed',
  source: 'millrace',
  detail: { region: 'eu-west-1', consoleLink: null, approval },
};

/** The same with a link for its reader. */
export const linkedApproval: Event = {
  ...approvalEvent,
  detail: {
    ...approvalEvent.detail,
    approval: { ...approval, approvalReviewLink: 'https://mill/-/approvals/s1.1.abc' },
  },
};
