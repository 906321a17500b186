/**
 * Text and time series: vocabularies, padding, windows, and text that a model writes.
 *
 * @module lanewise/text
 */

export { type Beam, type BeamSearchOptions, beamSearch } from "./text/beam-search.js";
export type { Merge } from "./text/byte-pairs.js";
export { type GenerateOptions, generate, type LanguageModel } from "./text/generate.js";
export {
  type BytePairVocabularyOptions,
  bytePairVocabulary,
  type CharacterVocabularyOptions,
  characterVocabulary,
  type WordVocabularyOptions,
  wordVocabulary,
} from "./text/make-vocabulary.js";
export { type PadOptions, pad } from "./text/pad.js";
export { Sampler, type SamplingOptions } from "./text/sampler.js";
export type { Tokenizer } from "./text/tokenizer.js";
export { Vocabulary, type VocabularyJson, type VocabularyKind, vocabularyFrom } from "./text/vocabulary.js";
export { type WindowSet, type Windows, type WindowsOptions, windows } from "./text/windows.js";
