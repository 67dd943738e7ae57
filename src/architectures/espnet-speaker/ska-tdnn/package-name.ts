/** Where ESPnet keeps SKA-TDNN. */
export const SKA_TDNN_PACKAGE = 'espnet2.spk.encoder.ska_tdnn_encoder';
