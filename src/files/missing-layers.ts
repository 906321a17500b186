/** What to do where nothing in lanewise takes the layer's place. */
const ELSEWHERE = "predict with the library that the file comes from";

/**
 * Descriptions of layers and operators that a reader does not know, by their names in other libraries. What
 * is there instead stands behind a colon; without one, lanewise has none. Then what to do.
 */
const kinds: readonly (readonly [names: RegExp, what: string, remedy?: string])[] = [
  [/quant|integer$|^qlinear/i, "quantised arithmetic", "store the model with weights of float32"],
  [
    /lstm|gru|rnn|recurrent|bidirectional|timedistributed|timestep|_(ih|hh)_/i,
    "a recurrent layer of another kind: lanewise has simpleRnn, lstm, gru and bidirectional",
  ],
  [/conv|im2col/i, "a convolution of another kind: lanewise has those over one and two axes"],
  [
    /attention|in_proj|transformer/i,
    "attention of another kind: lanewise has multiHeadAttention, transformerEncoder and transformerDecoder",
  ],
  [/pool/i, "pooling of another kind: lanewise has maxima and averages over one and two axes"],
  [/norm|^lrn$/i, "a normalization of another kind: lanewise has batch, layer, group and RMS normalization"],
  [/embedding|^gather/i, "a look-up of another kind: lanewise has embedding, of the numbers of an input"],
  [
    /onehot|lookup|hashing|vectorization/i,
    "a look-up of words or numbers",
    "do it before the model, as the vocabularies of lanewise/text do",
  ],
  [
    /resiz|resampl|upsampl|gridsample|roialign|spacetodepth|depthtospace/i,
    "a resizing of another kind: lanewise has resizing and upSampling2d, by the nearest pixel or bilinear",
  ],
  [/^(if|loop|scan|where|sequence\w+)$/i, "control flow", ELSEWHERE],
  [
    /^zipmap$|tree|svm|^linear(class|regr)|^(array)?(feature|label|scaler|imputer|binarizer)/i,
    "classical learning",
    ELSEWHERE,
  ],
  [/^reduce|^arg(max|min)$|^topk$|^cumsum$|^global/i, "a reduction over the numbers of a sample", ELSEWHERE],
  [
    /^(concat(enate)?|add|average|maximum|minimum|multiply|subtract|dot|einsum)$/i,
    "the joining of branches: lanewise has add, subtract, multiply, average and concatenate",
  ],
  [
    /^(split|slice|strided\w*|cropping\w*|\w*crop)$/i,
    "the taking apart of a sample: lanewise has slice on the last axis, and cropping1d and cropping2d",
  ],
  [
    /^(pad|zeropadding\w*|tile|repeatvector|expand|permute|transpose|reshape)$/i,
    "the rearranging of a sample: lanewise has permute, reshape, zeroPadding1d and zeroPadding2d",
  ],
  [
    /^lambda$|tfoplambda|function/i,
    "code of a program, which a file does not hold: build the model of layers that lanewise has",
  ],
  [/^random|^multinomial$|augment/i, "random changes of the input: leave it out, and pass augment to fit"],
];

/**
 * What a file calls `name` is, and what to do: "attention: lanewise has none yet; predict with the library
 * that the file comes from", or the like.
 */
export function missingLayer(name: string, noun = "a layer"): string {
  const [, what, remedy] = kinds.find(([names]) => names.test(name)) ?? [];
  if (what === undefined) return `${noun} that lanewise does not have`;
  if (what.includes(":")) return what;
  return `${what}: lanewise has none yet${remedy ? `; ${remedy}` : ""}`;
}
