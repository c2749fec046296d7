# OpenSearch, one node: documents indexed in batches, then searches. Not by its own start script, which
# starts three JVMs before the server and drops JAVA_TOOL_OPTIONS, where system+trim has its flag.
set_java 25 25
user=nobody # it does not start as root
before="rm -rf $home/data && mkdir -p $home/data/tmp $home/data/config && \
cp $home/opensearch.yml $home/log4j2.properties $home/data/config"
[ "$EUID" != 0 ] || before+=" && chown -R $user $home/data"
server="$java -Xms384m -Xmx384m org.opensearch.bootstrap.OpenSearch"
ready=http:http://127.0.0.1:19200/_cluster/health
load="python3 $here/load.py 20000 1000 $report"
