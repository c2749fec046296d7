# OpenSearch, one node by its own start script: documents indexed in batches, then searches.
set_java 21 25
user=nobody # it does not start as root
before="rm -rf $home/data && mkdir -p $home/data/tmp"
[ "$EUID" != 0 ] || before+=" && chown -R $user $home/data && chown $user $home" # for its keystore
server="env OPENSEARCH_JAVA_HOME=$jdk OPENSEARCH_PATH_CONF=$home OPENSEARCH_TMPDIR=$home/data/tmp \
$home/opensearch-3.6.0/bin/opensearch"
ready=http:http://127.0.0.1:19200/_cluster/health
load="python3 $here/load.py 20000 1000 $report"
