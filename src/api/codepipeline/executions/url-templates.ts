import type { ActionType } from '../../../contract/generated.ts';
import type { Configuration } from '../../../model/pipeline.ts';

/**
 * Fills in `{Config:Name}` and `{ExternalExecutionId}` in a URL template of an action type; undefined while a value is
 * missing. Only required properties that are not secret may be shown (behaviour A.11). Values are percent-encoded, so
 * none can escape its component of the URL; only a whole URL at the beginning is left unchanged.
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
  // A lone surrogate cannot be encoded; the round trip through UTF-8 turns it into U+FFFD.
  return encodeURIComponent(Buffer.from(value).toString());
}
