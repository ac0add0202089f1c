import type { Operations, Tag } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { RequestContext } from './evaluate-policy.ts';

type Tagging = { [Name in OperationName]?: (input: Operations[Name]['input']) => RequestContext };

/** The operations that give or take tags; the others have no tags in their request. */
const table: Tagging = {
  CreateCustomActionType: ({ tags }) => tagsInRequest(tags),
  CreatePipeline: ({ tags }) => tagsInRequest(tags),
  PutWebhook: ({ tags }) => tagsInRequest(tags),
  TagResource: ({ tags }) => tagsInRequest(tags),
  UntagResource: ({ tagKeys }) => ({ 'aws:TagKeys': tagKeys }),
};

/** `aws:RequestTag/<key>` and `aws:TagKeys` of a call with this input. */
export function requestContextOf<Name extends OperationName>(
  name: Name,
  input: Operations[Name]['input'],
): RequestContext {
  return table[name]?.(input) ?? {};
}

/** `context` with the tags the touched resource has now as `aws:ResourceTag/<key>`. */
export function withResourceTags(context: RequestContext, tags: Readonly<Record<string, string>>): RequestContext {
  const found = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value] as const);
  return { ...context, ...Object.fromEntries(found) };
}

function tagsInRequest(tags: Tag[] = []): RequestContext {
  const given = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(given), 'aws:TagKeys': tags.map(({ key }) => key) };
}
