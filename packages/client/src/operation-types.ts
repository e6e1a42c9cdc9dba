import type { components, operations } from './generated/api.ts';

/** An operation of the API, by its id. */
export type OperationId = keyof operations;

type Fields<Part> = [Exclude<Part, undefined>] extends [never] ? unknown : Exclude<Part, undefined>;
type Parameters<Id extends OperationId> = operations[Id]['parameters'];
type Body<Id extends OperationId> = operations[Id] extends { requestBody?: infer Request }
  ? Exclude<Request, undefined> extends { content: { 'application/json': infer Json } }
    ? Json
    : unknown
  : unknown;
type Merged<Part> = { [Key in keyof Part]: Part[Key] };

/** What an operation is given: the fields of its path, its query and its body as one object. */
export type Input<Id extends OperationId> = Merged<
  Fields<Parameters<Id>['path']> & Fields<Parameters<Id>['query']> & Body<Id>
>;

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;

/** What an operation answers. */
export type Output<Id extends OperationId> = {
  [Status in keyof operations[Id]['responses']]: Status extends 200 | 201
    ? Json<operations[Id]['responses'][Status]>
    : never;
}[keyof operations[Id]['responses']];

/** The schemas of the API, by name. */
export type Schemas = components['schemas'];
