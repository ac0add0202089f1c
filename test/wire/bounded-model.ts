import { operationNames, operationOf, type Shape, shapeOf } from '../../src/contract/model.ts';

export { operationNames, operationOf };

/** Where the service's own bounds differ from the published model (wire 7; clients 18). */
const departures: Record<string, { min?: number; max?: number; pattern?: string }> = {
  ResourceArn: { pattern: 'arn:aws(-[\\w]+)*:codepipeline:.+:([0-9]{12})?:.+' },
  ActionConfigurationValue: { max: 50_000 },
  PipelineVariableList: { min: 0 },
};

/** The shape called `name` as the service bounds it. */
export function boundedShape(name: string): Shape {
  return { ...shapeOf(name), ...departures[name] } as Shape;
}

/** Whether a shape has nothing inside. */
export function isScalar({ type }: Shape): boolean {
  return type !== 'structure' && type !== 'list' && type !== 'map';
}
