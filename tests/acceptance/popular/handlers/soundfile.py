import io

import numpy
import soundfile


def handler(event, context):
    sound = io.BytesIO()
    soundfile.write(sound, numpy.zeros(800), 8000, format="WAV")
    sound.seek(0)
    return str((soundfile.info(sound).frames, soundfile.__libsndfile_version__))
