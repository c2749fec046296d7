# Cassandra, one node: writes and reads of partitions, compressed with zstd, memtables outside of the heap.
set_java 17 17
before="rm -rf $home/data"
server="$java -Xms300m -Xmx300m org.apache.cassandra.service.CassandraDaemon"
ready=tcp:127.0.0.1:19042
load="$java -Xmx128m Load 20000 $report"
