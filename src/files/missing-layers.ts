const NOT_READ = "it is not read from this format yet";

/**
 * Descriptions of layers and operators that a reader does not know, by their names in other libraries. The
 * text after a colon says why, if it is not that lanewise has none.
 */
const kinds: readonly (readonly [names: RegExp, what: string])[] = [
  [/quant|integer$|^qlinear/i, "quantised arithmetic"],
  [/conv|im2col/i, `a convolution: ${NOT_READ}`],
  [/lstm|gru|rnn|recurrent|bidirectional|timedistributed|timestep|_(ih|hh)_/i, "a recurrent layer"],
  [/attention|in_proj/i, "attention"],
  [/pool/i, `pooling: ${NOT_READ}`],
  [/norm|^lrn$/i, `a normalization: ${NOT_READ}`],
  [/embedding|^gather|onehot|lookup|hashing|vectorization/i, "a look-up by index, as of an embedding"],
  [
    /resiz|resampl|upsampl|gridsample|roialign|spacetodepth|depthtospace/i,
    `the resizing of images: ${NOT_READ}`,
  ],
  [/^(if|loop|scan|where|sequence\w+)$/i, "control flow"],
  [
    /^zipmap$|tree|svm|^linear(class|regr)|^(array)?(feature|label|scaler|imputer|binarizer)/i,
    "classical learning",
  ],
  [/^reduce|^arg(max|min)$|^topk$|^cumsum$|^global/i, "a reduction over the numbers of a sample"],
  [
    /^(concat(enate)?|add|average|maximum|minimum|multiply|subtract|dot|einsum)$/i,
    `the joining of branches: ${NOT_READ}`,
  ],
  [/^(split|slice|strided\w*|cropping\w*)$/i, `the taking apart of a sample: ${NOT_READ}`],
  [
    /^(pad|zeropadding\w*|tile|repeatvector|expand|permute|transpose|reshape)$/i,
    `the rearranging of a sample: ${NOT_READ}`,
  ],
  [
    /^lambda$|tfoplambda|function/i,
    "code of a program, which a file does not hold: build the model of layers that lanewise has",
  ],
  [/^random|^multinomial$|augment/i, "random changes of the input"],
];

/** "a recurrent layer: lanewise has none yet", or the like, for what a file calls `name`. */
export function missingLayer(name: string, noun = "a layer"): string {
  const what = kinds.find(([names]) => names.test(name))?.[1];
  if (what === undefined) return `${noun} that lanewise does not have`;
  return what.includes(":") ? what : `${what}: lanewise has none yet`;
}
