import type { ActionType } from '../../../contract/generated.ts';
import type { Configuration } from '../../../model/pipeline.ts';

/**
 * A URL template of an action type with its `{Config:Name}` and `{ExternalExecutionId}` filled in; undefined while
 * something it needs is missing. Only required properties that are not secret may be shown (behaviour A.11). Values are
 * percent-encoded, so that none can end the part of the URL it is in; only a whole URL at the beginning stays as it is.
 */
export function fillTemplate(
  template: string | undefined,
  type: ActionType | undefined,
  values: { configuration: Configuration; externalExecutionId?: string },
): string | undefined {
  if (template === undefined) return undefined;
  const shown = new Set(
    type?.actionConfigurationProperties?.filter(({ required, secret }) => required && !secret).map(({ name }) => name),
  );
  let isComplete = true;
  const url = template.replaceAll(
    /\{(?:Config:([^}]+)|ExternalExecutionId)\}/g,
    (text, name: string | undefined, at: number) => {
      const value =
        name === undefined ? values.externalExecutionId : shown.has(name) ? values.configuration[name] : undefined;
      if (typeof value === 'string') return at === 0 && wholeUrl.test(value) ? value : percentEncode(value);
      isComplete = false;
      return text;
    },
  );
  return isComplete ? url : undefined;
}

const wholeUrl = /^https?:\/\/[^\s"'<>\\^`{|}]+$/;

function percentEncode(value: string): string {
  // Half of a surrogate pair cannot be encoded; reading the text as UTF-8 makes it U+FFFD.
  return encodeURIComponent(Buffer.from(value).toString());
}
