import type { z } from 'zod'
import type { Access } from '../roles'

/** A `query` changes nothing and may be repeated after a reconnect; a `command` is never repeated but under its operation id. */
export interface Call<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  kind: 'query' | 'command'
  access: Access
  input: Input
  output: Output
}

type Definition<Input extends z.ZodType, Output extends z.ZodType> = Omit<Call<Input, Output>, 'kind'>

export const query = <Input extends z.ZodType, Output extends z.ZodType>(definition: Definition<Input, Output>) =>
  ({ kind: 'query', ...definition }) as const
export const command = <Input extends z.ZodType, Output extends z.ZodType>(definition: Definition<Input, Output>) =>
  ({ kind: 'command', ...definition }) as const

export type InputOf<C extends Call> = z.input<C['input']>
export type ParsedInputOf<C extends Call> = z.output<C['input']>
export type OutputOf<C extends Call> = z.output<C['output']>
