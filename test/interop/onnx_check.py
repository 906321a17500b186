# Holds ONNX files against ONNX's own checker and shape inference. Prints one line of JSON.
import json
import sys

import onnx

found = []
for path in sys.argv[1:]:
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        problem = None
    except Exception as error:  # The checker's own exceptions have no common class but this.
        problem = str(error)
    words = {word.key: word.value for word in model.metadata_props}
    found.append({"path": path, "problem": problem, "ir": model.ir_version, "opset": model.opset_import[0].version, "words": words})
print(json.dumps(found))
