#!/bin/sh
# Real Elasticsearch and OpenSearch servers for the tests, out of the jars that
# Maven serves. They are kept in /real-servers (ignored by Git), so that only
# the first fetch downloads; nothing of them is in this repository.
#
#   jvm_server.sh list                what can be started, a name a line
#   jvm_server.sh fetch NAME          jars and our node's classes
#   jvm_server.sh start NAME DIR [SETTING=VALUE...]
#                                     "port N pid P"; its data is in DIR
#   77: not to be had here, with a sentence that says why
#
# BATCHTOP_SERVERS_DIR names another folder than /real-servers, JVM_HEAP_MB
# another heap than 384 MB. SIGTERM ends a server; what it wrote is kept.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/ports.sh"
kept=${BATCHTOP_SERVERS_DIR:-$here/../../../real-servers}
what=$1
heap=${JVM_HEAP_MB:-384}

# NAME VERSION JAVA: the least Java that it runs on
known='
elasticsearch-9 9.5.3 25
elasticsearch-8 8.19.21 25
opensearch-2 2.19.1 17
opensearch-3 3.5.0 25
'

absent() {
    echo "$1"
    exit 77
}

# The oldest JDK of at least that version.
find_java() { # least
    for dir in ${JAVA_HOME:-} /usr/lib/jvm/*; do
        [ -x "$dir/bin/javac" ] && [ -x "$dir/bin/java" ] || continue
        n=$("$dir/bin/javac" -version 2>&1 | sed 's/^javac \([0-9]*\).*/\1/')
        [ "${n:-0}" -lt "$1" ] || echo "$n $dir"
    done | sort -n | head -n 1 | cut -d' ' -f2
}

pom() { # then GROUP:ARTIFACT:VERSION...
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0">'
    echo '<modelVersion>4.0.0</modelVersion><groupId>tests</groupId>'
    echo '<artifactId>servers</artifactId><version>1</version>'
    echo '<packaging>pom</packaging><dependencies>'
    for artifact; do
        echo "$artifact" | sed '
            s,^,<dependency><groupId>,
            s,:,</groupId><artifactId>,
            s,:,</artifactId><version>,
            s,$,</version></dependency>,'
    done
    echo '</dependencies></project>'
}

jars() { # into lib
    pom "$@" >pom.xml
    timeout 300 mvn -B -q dependency:copy-dependencies \
        -DoutputDirectory=lib -DincludeScope=runtime >mvn.log 2>&1 ||
        absent "Maven cannot fetch $name: $(head -n 1 mvn.log)"
}

fetch_elasticsearch() {
    plugins=META-INF/es-plugins
    jars "org.elasticsearch:elasticsearch:$version" \
        "org.elasticsearch.plugin:transport-netty4:$version"
    mkdir -p "cls/$plugins/root"
    "$java/bin/javac" -nowarn -d cls -cp 'lib/*' "$here"/jvm/Es*.java \
        "$here"/jvm/Cl*.java "$here"/jvm/Root.java \
        "$here/jvm/es${version%%.*}/RootPlugin.java" >javac.log 2>&1
    unzip -p "lib/transport-netty4-$version.jar" \
        $plugins/transport-netty4/plugin-descriptor.properties |
        sed '/^#/d;s/^name=.*/name=root/;s/^modulename=.*/modulename=/
             s/^classname=.*/classname=local.RootPlugin/' \
            >"cls/$plugins/root/plugin-descriptor.properties"
}

fetch_opensearch() {
    log4j=2.21.0 stubs= more=
    if [ "${version%%.*}" -ge 3 ]; then
        log4j=2.25.5 more=com.google.guava:guava:33.2.1-jre
        stubs=$(echo "$here"/jvm/os3/*.java)
    fi
    jars "org.opensearch:opensearch:$version" \
        "org.opensearch.plugin:transport-netty4-client:$version" \
        "org.opensearch.plugin:lang-painless:$version" \
        "org.opensearch.plugin:opensearch-scripting-painless-spi:$version" \
        "org.apache.logging.log4j:log4j-core:$log4j" $more
    timeout 120 mvn -B -q dependency:copy -DoutputDirectory=. \
        "-Dartifact=org.opensearch.plugin:opensearch-knn:$version.0:zip" \
        >mvn.log 2>&1 ||
        absent "Maven cannot fetch the k-NN plugin: $(head -n 1 mvn.log)"
    unzip -q -o -d lib "opensearch-knn-$version.0.zip"
    rm "opensearch-knn-$version.0.zip"
    mkdir -p cls
    "$java/bin/javac" -nowarn -d cls -cp 'lib/*' "$here/jvm/OsNode.java" \
        $stubs >javac.log 2>&1
}

# One at a time, and never half of one: the last thing made is the mark.
fetch() {
    mkdir -p "$kept"
    exec 9>"$kept/$name-$version.lock"
    flock 9
    [ ! -e "$kept/$name-$version/whole" ] || return 0
    for tool in mvn unzip; do
        command -v $tool >/dev/null || absent "$tool is missing"
    done
    rm -rf "$kept/$name-$version"
    mkdir "$kept/$name-$version"
    cd "$kept/$name-$version"
    "fetch_${name%-*}"
    : >whole
}

case $what in
list)
    echo "$known" | sed -n 's/ .*//p'
    exit 0
    ;;
fetch | start) ;;
*) exit 2 ;;
esac
name=$2
line=$(echo "$known" | grep "^$name ") || absent "there is no $name"
version=$(echo "$line" | cut -d' ' -f2)
java=$(find_java "$(echo "$line" | cut -d' ' -f3)")
[ -n "$java" ] ||
    absent "$name needs a JDK $(echo "$line" | cut -d' ' -f3) or later"
fetch
[ "$what" = start ] || exit 0

dir=$3
shift 3
mkdir -p "$dir/config"
cd "$dir"
at=$kept/$name-$version
take_ports || absent "no block of ports is free"
set -- "http.port=$port" "transport.port=$((port + 1))" "$@"
native=--enable-native-access=ALL-UNNAMED
case $name in
opensearch-2)
    set -- -Djava.security.manager=allow -Dopensearch.path.home="$dir" \
        -Dlog4j2.level=warn -cp "$at/cls:$at/lib/*" OsNode "$dir" \
        org.opensearch.transport.Netty4Plugin \
        org.opensearch.painless.PainlessPlugin \
        org.opensearch.knn.plugin.KNNPlugin "$@"
    ;;
opensearch-*)
    set -- $native -Dopensearch.path.home="$dir" -Dlog4j2.level=warn \
        -cp "$at/cls:$at/lib/*" OsNode "$dir" \
        org.opensearch.transport.Netty4ModulePlugin \
        org.opensearch.painless.PainlessModulePlugin \
        org.opensearch.knn.plugin.KNNPlugin "$@"
    ;;
*)
    set -- $native -Des.path.home="$dir" -cp "$at/cls:$at/lib/*" \
        org.elasticsearch.node.EsNode "$dir" transport-netty4 root "$@"
    ;;
esac
# Little is compiled, and fast: that starts in a third of the time. For the
# same reason no jdk.incubator.vector: without the second compiler it takes
# ten times as long as no vector instructions at all.
nohup "$java/bin/java" "-Xmx${heap}m" -XX:TieredStopAtLevel=1 \
    -XX:+UseSerialGC "$@" >node.log 2>&1 9>&- &
pid=$!
for i in $(seq "${JVM_WAIT_S:-180}"); do
    if curl -sf -m 5 "http://127.0.0.1:$port/" >/dev/null 2>&1; then
        echo "port $port pid $pid"
        exit 0
    fi
    kill -0 $pid 2>/dev/null || absent "$name ended: $(tail -n 1 node.log)"
    sleep 1
done
kill $pid
absent "$name was not up within ${JVM_WAIT_S:-180} s"
