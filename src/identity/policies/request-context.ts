import type { Tag } from '../../contract/generated.ts';
import type { RequestContext } from './evaluate-policy.ts';

/** `aws:RequestTag/<key>` and `aws:TagKeys` of a call that gives these tags. */
export function tagsInRequest(tags: Tag[] = []): RequestContext {
  const given = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(given), 'aws:TagKeys': tags.map(({ key }) => key) };
}

/** `context` with the tags the touched resource has now as `aws:ResourceTag/<key>`. */
export function withResourceTags(context: RequestContext, tags: Readonly<Record<string, string>>): RequestContext {
  const found = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value] as const);
  return { ...context, ...Object.fromEntries(found) };
}
