import sys

from studies.main import main

sys.exit(main(sys.argv[1:]))
