import { compilePattern } from '../events/patterns.ts';
import { senders } from '../events/targets/index.ts';
import { topicArnMistake } from '../events/targets/sns.ts';
import type { Member } from '../model/resource.ts';
import type { KindDescription } from './resource-kind.ts';

const types = senders.map(({ type }) => type).join(', ');

/** The members of all types; what a type requires of them is checked with the type. */
function membersOfTypes(): Record<string, Member> {
  const members = senders.flatMap((sender) => Object.entries(sender.members));
  return Object.fromEntries(
    members.map(([name, { type, isSecret = false, documentation }]) => [name, { type, isSecret, documentation }]),
  );
}

function patternMistake(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `no event pattern: ${error instanceof Error ? error.message.replace(/\.$/, '') : error}`;
  }
}

/** The members that targets of every type may have. */
const commonMembers: Record<string, Member> = {
  pattern: {
    type: 'json',
    documentation: 'An event pattern of EventBridge; only events that match it are sent.',
    mistakeIn: patternMistake,
  },
  topicArn: {
    type: 'text',
    documentation:
      'The ARN of an SNS topic. Approvals with this `NotificationArn` are sent to the target, and without a `pattern` nothing else; one of the type `sns` publishes to the topic.',
    mistakeIn: topicArnMistake,
  },
  approvalLink: {
    type: 'flag',
    documentation:
      'Whether the message of an approval has a link by which every reader can answer it; by default only for the types `slack` and `mail`.',
  },
};

/** A receiver of events. */
export const eventTarget: KindDescription = {
  kind: 'EventTarget',
  section: 'eventTargets',
  documentation: 'A receiver of events.',
  members: {
    type: { type: 'text', isRequired: true, documentation: `How events are sent: ${types}.` },
    ...membersOfTypes(),
    ...commonMembers,
  },
  mistakesOf(document) {
    const sender = senders.find(({ type }) => type === document.type);
    if (!sender) {
      return typeof document.type === 'string' ? [{ member: 'type', mistake: `expected one of ${types}` }] : [];
    }
    const { type, members } = sender;
    const missing = Object.entries(members).flatMap(([member, { isRequired }]) =>
      isRequired && document[member] === undefined
        ? [{ member, mistake: `a target of the type ${type} needs it` }]
        : [],
    );
    const foreign = Object.keys(membersOfTypes()).flatMap((member) =>
      document[member] !== undefined && !Object.hasOwn(members, member) && !Object.hasOwn(commonMembers, member)
        ? [{ member, mistake: `a target of the type ${type} has no such member` }]
        : [],
    );
    const wrong = Object.entries(members).flatMap(([member, { mistakeIn }]) => {
      const value = document[member];
      const mistake = typeof value === 'string' && value !== '' ? mistakeIn?.(value) : undefined;
      return mistake === undefined ? [] : [{ member, mistake }];
    });
    return [...missing, ...foreign, ...wrong, ...(sender.mistakesOf?.(document) ?? [])];
  },
};
