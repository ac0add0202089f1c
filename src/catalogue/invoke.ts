import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, dayMs, hourMs } from './built-in-type.ts';
import { optional, required } from './property.ts';

const category = 'Invoke';

/** What calls something else and waits for its end (behaviour D.3). */
export const invokeTypes: readonly CataloguedActionType[] = [
  builtInType({
    category,
    provider: 'Lambda',
    inputs: [0, 5],
    outputs: [0, 5],
    properties: [
      required('FunctionName', 'The function that is invoked.'),
      optional('UserParameters', 'A text that the function receives.'),
    ],
    timeoutMs: 24 * hourMs,
  }),
  builtInType({
    category,
    provider: 'StepFunctions',
    inputs: [0, 1],
    outputs: [0, 1],
    properties: [
      required('StateMachineArn', 'The state machine that is started.'),
      optional('ExecutionNamePrefix', 'The start of the name of its execution.'),
      optional('InputType', '`Literal` or `FilePath`; `Literal` when left out.'),
      optional('Input', 'The input itself, or the path of the file that holds it.'),
    ],
    timeoutMs: 7 * dayMs,
  }),
  builtInType({
    category,
    provider: 'CodePipeline',
    properties: [
      required('PipelineName', 'The pipeline that is started.'),
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
      optional('CriticalThreshold', 'How many critical findings are too many.'),
      optional('HighThreshold', 'How many findings of high severity are too many.'),
      optional('MediumThreshold', 'How many findings of medium severity are too many.'),
      optional('LowThreshold', 'How many findings of low severity are too many.'),
    ],
  }),
];
