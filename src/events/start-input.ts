import { checkInput } from '../contract/check.ts';
import { ServiceError } from '../contract/errors.ts';
import type { PipelineVariable, SourceRevisionOverride } from '../contract/generated.ts';
import type { Event } from '../model/event.ts';
import type { RuleTarget } from '../model/event-rule.ts';
import { DeliveryFailure } from './destination.ts';
import { InputTooLarge, renderInput, type SelectingRule } from './target-input.ts';

/** A start of a pipeline by a rule. */
export interface RuleStart {
  pipelineName: string;
  ruleArn: string;
  /** The same at every attempt, so that the pipeline is started once. */
  clientRequestToken: string;
  sourceRevisions?: SourceRevisionOverride[];
  variables?: PipelineVariable[];
}

/** Returns the name of the pipeline that an ARN names; undefined if it is another resource. */
export function pipelineOfArn(arn: string): { account: string; region: string; name: string } | undefined {
  const [, region, account, name] =
    /^arn:aws(?:-[a-z]+)*:codepipeline:([a-z0-9-]+):(\d{12}):([A-Za-z0-9.@\-_]{1,100})$/.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined) return undefined;
  return { region, account, name };
}

/**
 * Returns what a target asks StartPipelineExecution for. Of an input of its own `sourceRevisions` and `variables` count; the
 * event itself says nothing to a pipeline. Throws DeliveryFailure.
 */
export function checkedStart(
  target: RuleTarget,
  event: Event,
  rule: SelectingRule,
): Pick<RuleStart, 'pipelineName' | 'sourceRevisions' | 'variables'> {
  const pipelineName = pipelineOfArn(target.Arn)?.name ?? '';
  const { Input, InputPath, InputTransformer } = target;
  if (Input === undefined && InputPath === undefined && !InputTransformer) return { pipelineName };
  try {
    const input: unknown = JSON.parse(renderInput(target, event, rule));
    if (typeof input !== 'object' || input === null) return { pipelineName };
    const { sourceRevisions, variables } = input as Record<string, unknown>;
    const checked = checkInput('StartPipelineExecution', { name: pipelineName, sourceRevisions, variables });
    return { pipelineName, sourceRevisions: checked.sourceRevisions, variables: checked.variables };
  } catch (error) {
    const isMistake = error instanceof ServiceError || error instanceof SyntaxError || error instanceof InputTooLarge;
    if (!isMistake) throw error;
    throw new DeliveryFailure(`The input of the target is not valid. ${error.message}`, {
      isFinal: true,
      cause: error,
    });
  }
}
