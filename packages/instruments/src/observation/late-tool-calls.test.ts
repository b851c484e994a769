import { describe, expect, it } from 'vitest'
import { ToolAccount } from '../testing/tool-account.ts'
import { requested } from '../testing/tool-facts.ts'

/** Ends the request as if its client had left, after an answer that requests the calls with some ids. */
function leftAfter(...ids: readonly string[]): ToolAccount {
  const account = new ToolAccount().engine(ids.map((id) => requested(id)))
  account.end()
  return account.wait(3)
}

describe('a request that ends while the gateway continues', () => {
  it('has the executions of functions whose results are sent later', () => {
    expect(leftAfter('a', 'b').engine([], ['a']).end()).toEqual({
      requested: { function: 2 },
      executed: { function: 1 },
      errors: {},
      seconds: { function: 3 },
    })
  })

  it('has each call and each execution once, however long the loop is', () => {
    const account = leftAfter('a')
      .engine([requested('b'), requested('a')], ['a'])
      .wait(4)
      .engine([requested('c')], ['a', 'b'])
      .engine([], ['a', 'b', 'c'])
    expect(account.end()).toMatchObject({
      requested: { function: 3 },
      executed: { function: 3 },
      seconds: { function: 7 },
    })
  })

  it('has no execution by inference that is observed, before or after the end', () => {
    const account = new ToolAccount().engine([requested('a'), requested('b')])
    account.execution({ type: 'function', callId: 'a' }).end()
    account.execution({ type: 'mcp', callId: 'b' }).engine([], ['a', 'b'])
    expect(account.end()).toMatchObject({ requested: { function: 2 }, executed: {} })
  })

  it('has no execution by inference of a call that the engine has executed', () => {
    const account = new ToolAccount().engine([requested('a', { toolType: 'mcp_call' })])
    account.end()
    expect(account.engine([], ['a']).end()).toMatchObject({ requested: { mcp: 1 }, executed: {} })
  })

  it('awaits the results of its first 100 calls', () => {
    const ids = Array.from({ length: 150 }, (_, i) => `call_${i}`)
    expect(
      leftAfter(...ids)
        .engine([], ids)
        .end(),
    ).toMatchObject({
      requested: { function: 150 },
      executed: { function: 100 },
    })
  })
})
