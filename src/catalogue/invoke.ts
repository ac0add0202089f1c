import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, dayMs, hourMs } from './built-in-type.ts';
import { optional, required } from './property.ts';

const category = 'Invoke';

/** Invoke types (behaviour D.3). */
export const invokeTypes: readonly CataloguedActionType[] = [
  builtInType({
    category,
    provider: 'Lambda',
    inputs: [0, 5],
    outputs: [0, 5],
    properties: [
      required('FunctionName', 'The function to invoke.'),
      optional('UserParameters', 'A text for the function.'),
    ],
    timeoutMs: 24 * hourMs,
  }),
  builtInType({
    category,
    provider: 'StepFunctions',
    inputs: [0, 1],
    outputs: [0, 1],
    properties: [
      required('StateMachineArn', 'The state machine to start.'),
      optional('ExecutionNamePrefix', 'The prefix of its execution names.'),
      optional('InputType', '`Literal` or `FilePath`; `Literal` by default.'),
      optional('Input', 'The input itself, or the path of the file that holds it.'),
    ],
    timeoutMs: 7 * dayMs,
  }),
  builtInType({
    category,
    provider: 'CodePipeline',
    properties: [
      required('PipelineName', 'The pipeline to start.'),
      optional('SourceRevisions', 'JSON text of the source revisions to start with.'),
      optional('Variables', 'JSON text of the pipeline variables to start with.'),
    ],
    attributes: { needsV2: true },
  }),
  builtInType({
    category,
    provider: 'InspectorScan',
    inputs: [0, 1],
    outputs: [1, 1],
    properties: [
      required('InspectorRunMode', '`SourceCodeScan` or `ECRImageScan`.'),
      optional('ECRRepositoryName', 'The repository of the image to scan.'),
      optional('ImageTag', 'The tag of the image to scan.'),
      optional('CriticalThreshold', 'The number of critical findings above which the action fails.'),
      optional('HighThreshold', 'The number of findings of high severity above which the action fails.'),
      optional('MediumThreshold', 'The number of findings of medium severity above which the action fails.'),
      optional('LowThreshold', 'The number of findings of low severity above which the action fails.'),
    ],
  }),
];
