/** Texts that are planted in the traffic. A key may be in no output at all. */
export const KEY = 'planted-key-7c1f'
export const PROMPT = 'planted-prompt-93ab'
export const ARGUMENT = 'planted-argument-50de'
export const RESULT = 'planted-result-e4b2'
export const OUTPUT = 'planted-output-2f66'

/** Texts that may be on spans with `VR_TRACING_CAPTURE_CONTENT`, and nowhere else. */
export const CONTENT = [PROMPT, ARGUMENT, RESULT, OUTPUT]
